import { ref } from 'vue';

/** Whether this face shows calls: where it does not, none is offered. */
export const hasCalls = ref(false);
