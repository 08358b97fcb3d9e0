/* The one place that names the libraries. */
import { h, render, Fragment } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
export { render, Fragment };
export { useState, useEffect, useLayoutEffect, useMemo, useRef, useCallback, useId } from 'preact/hooks';
export { signal, computed, effect, batch, untracked } from '@preact/signals';

/* Class names from a list with gaps: cx('a', on && 'b'). */
export const cx = (...names) => names.filter(Boolean).join(' ');
