import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/input/style/css'
import 'element-plus/es/components/select/style/css'
import 'element-plus/es/components/option/style/css'
import './styles/tokens.css'
import './styles/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { createAppRouter } from './router.ts'
import { askAbout } from './shared/about.ts'

// An updated server has other parts than this page asks for.
addEventListener('vite:preloadError', () => { location.reload() })
// A page brought back from the browser's memory has lost its phone and its socket.
addEventListener('pageshow', event => { if (event.persisted) location.reload() })

await askAbout()
createApp(App).use(createPinia()).use(createAppRouter()).mount('#app')
