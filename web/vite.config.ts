import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin, type Rollup } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const faces = {
  resident: 'index.html',
  work: 'work.html',
  desk: 'desk.html',
  board: 'board.html',
  command: 'command.html',
  admin: 'admin.html',
  design: 'design.html',
};

/** The dev server answers /work, /desk/… as the real server does. */
function facePaths(): Plugin {
  return {
    name: 'face-paths',
    configureServer(server) {
      server.middlewares.use((req, _res, next) => {
        const face = /^\/(work|desk|board|command|admin|design)(?:[/?]|$)/.exec(req.url ?? '')?.[1];
        if (face && !(req.url ?? '').includes('.')) req.url = `/${face}.html`;
        next();
      });
    },
  };
}

/** What a phone is left with whose browser cannot read the script: the same words on both of its faces. */
function notYet(): Plugin {
  return {
    name: 'not-yet',
    transformIndexHtml: (html) =>
      html.replace('<!-- not yet -->', readFileSync(here('./src/shared/notYet.html'), 'utf8').trim()),
  };
}

type Bundle = Record<string, Rollup.OutputAsset | Rollup.OutputChunk>;

/** All files that the phone faces may come to need: their chunks, with what these import, at once or later. */
function shellOf(bundle: Bundle): string[] {
  const found = new Set<string>();
  const visit = (name: string) => {
    const chunk = bundle[name];
    // A phone has a Chinese font of its own.
    if (found.has(name) || chunk?.type !== 'chunk' || chunk.name === 'fonts') return;
    found.add(name);
    chunk.viteMetadata?.importedCss.forEach((css) => found.add(css));
    [...chunk.imports, ...chunk.dynamicImports].forEach(visit);
  };
  Object.values(bundle).forEach((chunk) => {
    if (chunk.type === 'chunk' && chunk.isEntry && ['resident', 'work'].includes(chunk.name))
      visit(chunk.fileName);
  });
  return [...found].sort();
}

/** Writes sw.js with the list of files the two phone faces need without a network. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const source = readFileSync(here('./src/sw/sw.js'), 'utf8').replace(
        '/* SHELL */',
        ['/work', '/', ...shellOf(bundle).map((name) => `/${name}`)]
          .map((name) => JSON.stringify(name))
          .join(', '),
      );
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}

/** The map's worker as a file of ours: the policy allows none made of text at run time. */
function mapWorker(): Plugin {
  return {
    name: 'map-worker',
    apply: 'build',
    transform(code, id) {
      if (!/[/]ol[/]worker[/]webgl[.]js$/.test(id)) return undefined;
      const text = /const source = ("(?:[^"\\]|\\.)*");/.exec(code)?.[1];
      if (!text) this.error('the worker of the map is not where it was: see vite.config.ts');
      const file = this.emitFile({
        type: 'asset',
        name: 'map-worker.js',
        source: JSON.parse(text) as string,
      });
      return `export const create = () => new Worker(import.meta.ROLLUP_FILE_URL_${file});`;
    },
  };
}

let base: Set<string> | undefined;

/**
 * What the resident's first screen shares with the other faces lies in one script and one sheet: on a slow phone
 * every further file is a wait.
 */
function firstScreen(id: string, { getModuleInfo }: Rollup.ManualChunkMeta): string | undefined {
  if (!base) {
    const found = new Set<string>();
    const visit = (module: string) => {
      if (found.has(module)) return;
      found.add(module);
      getModuleInfo(module)?.importedIds.forEach(visit);
    };
    visit(here('./src/resident/main.ts'));
    base = new Set([...found].filter((module) => !module.includes('/src/resident/')));
  }
  return base.has(id) ? 'base' : undefined;
}

export default defineConfig({
  plugins: [
    vue(),
    vueI18n({
      include: here('./src/*/locales/*.json'),
      runtimeOnly: true,
      fullInstall: false,
      strictMessage: false,
    }),
    facePaths(),
    notYet(),
    serviceWorker(),
    mapWorker(),
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
      output: { manualChunks: firstScreen },
    },
  },
  server: { proxy: { '/api': process.env.WANGGE_API ?? 'http://127.0.0.1:8311' } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
