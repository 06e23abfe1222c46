import { defineAsyncComponent } from 'vue';

/** The map's code is large and few pages need it: fetched when one is shown. */
export const LazyMap = defineAsyncComponent(() => import('./MapView.vue'));
