import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const faces = {
  resident: 'index.html',
  work: 'work.html',
  desk: 'desk.html',
  board: 'board.html',
  admin: 'admin.html',
  design: 'design.html',
};

/** The dev server answers /work, /desk/… as the real server does. */
function facePaths(): Plugin {
  return {
    name: 'face-paths',
    configureServer(server) {
      server.middlewares.use((req, _res, next) => {
        const face = /^\/(work|desk|board|admin|design)(?:[/?]|$)/.exec(req.url ?? '')?.[1];
        if (face && !(req.url ?? '').includes('.')) req.url = `/${face}.html`;
        next();
      });
    },
  };
}

/** Writes sw.js with the list of files the two phone faces need without a network. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name));
      const shell = names.filter((name) => !/^assets\/(desk|board|admin|design)-/.test(name)).sort();
      const source = readFileSync(here('./src/sw/sw.js'), 'utf8').replace(
        '/* SHELL */',
        ['/work', '/', ...shell.map((name) => `/${name}`)].map((name) => JSON.stringify(name)).join(', '),
      );
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}

export default defineConfig({
  plugins: [
    vue(),
    vueI18n({
      include: here('./src/shared/locales/*.json'),
      runtimeOnly: true,
      fullInstall: false,
      strictMessage: false,
    }),
    facePaths(),
    serviceWorker(),
  ],
  resolve: { alias: { '@': here('./src') } },
  build: {
    outDir: process.env.WANGGE_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 400,
    rollupOptions: {
      input: Object.fromEntries(Object.entries(faces).map(([name, file]) => [name, here(`./${file}`)])),
    },
  },
  server: { proxy: { '/api': process.env.WANGGE_API ?? 'http://127.0.0.1:8311' } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
