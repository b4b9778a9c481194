/** The build of the pages: `npm run build` makes web/dist, `vite web` serves them with the API of a running server behind. */
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const server = `http://127.0.0.1:${process.env['HOTLINE_PORT'] ?? '8080'}`

export default defineConfig({
  root: import.meta.dirname,
  plugins: [vue()],
  server: {
    proxy: {
      '/api': server,
      '/socket.io': { target: server, ws: true },
      '/sip': { target: server, ws: true }
    }
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Agents' desktops reload after an update of the server; a source map would double the size of what is shipped.
    sourcemap: false,
    chunkSizeWarningLimit: 600
  }
})
