import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist/**', 'node_modules/**'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  prettier,
  {
    files: ['**/*.{ts,vue}'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'], sourceType: 'module' },
      globals: globals.browser,
    },
    rules: {
      // The compiler knows every name; this rule does not read types.
      'no-undef': 'off',
      'max-lines': ['error', { max: 300 }],
      'vue/multi-word-component-names': 'off',
      'vue/no-static-inline-styles': 'error',
    },
  },
  { files: ['src/sw/*.js'], languageOptions: { globals: globals.serviceworker } },
);
