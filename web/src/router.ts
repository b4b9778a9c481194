/** The pages: sign-in, the desk, the administrator's desk, the trial phone. Desks ask for a session first. */
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
      { path: '/password', component: () => import('./session/PasswordPage.vue'), meta: { title: texts.admin.password.title, session: true } },
      { path: '/admin/:section?', component: () => import('./admin/AdminPage.vue'), meta: { title: texts.admin.title, session: true, admin: true } },
      { path: '/trial', component: () => import('./trial/TrialPage.vue'), meta: { title: texts.trial.title } },
      { path: '/:rest(.*)*', redirect: '/desk' }
    ]
  })
  router.beforeEach(async to => {
    document.title = `${String(to.meta['title'] ?? '')} - ${texts.product}`
    if (to.meta['session'] !== true) return true
    try {
      const session = useSession()
      if (!await session.restore()) return '/sign-in'
      if (session.mustChangePassword !== (to.path === '/password')) return session.home
      if (to.meta['admin'] === true && !session.isAdmin) return session.home
      return to.path === '/desk' && session.home === '/admin' ? '/admin' : true
    } catch {
      // The server is away: the sign-in page says so when it is used, and comes back here once it answers.
      return '/sign-in'
    }
  })
  return router
}
