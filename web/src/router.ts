/** Three pages: sign-in, the desk, the trial phone. The desk asks for a session first. */
import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from './session/store.ts'
import { texts } from './texts.ts'

export function createAppRouter () {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: '/desk' },
      { path: '/sign-in', component: () => import('./session/SignInPage.vue'), meta: { title: texts.signIn.title } },
      { path: '/desk', component: () => import('./desk/DeskGate.vue'), meta: { title: texts.desk.title, session: true } },
      { path: '/trial', component: () => import('./trial/TrialPage.vue'), meta: { title: texts.trial.title } },
      { path: '/:rest(.*)*', redirect: '/desk' }
    ]
  })
  router.beforeEach(async to => {
    document.title = `${String(to.meta['title'] ?? '')} - ${texts.product}`
    if (to.meta['session'] !== true) return true
    try {
      return await useSession().restore() ? true : '/sign-in'
    } catch {
      // The server is away: the sign-in page says so when it is used, and comes back here once it answers.
      return '/sign-in'
    }
  })
  return router
}
