/* The one place that names the libraries. */
import { h, render, Fragment } from 'preact';
import htm from 'htm';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export const html = htm.bind(h);
export { render, Fragment };
export { useState, useEffect, useLayoutEffect, useMemo, useRef, useCallback, useId } from 'preact/hooks';
export { signal, computed, effect, batch, untracked } from '@preact/signals';

/* Class names from a list with gaps: cx('a', on && 'b'). */
export const cx = (...names) => names.filter(Boolean).join(' ');

let coming = 0;
/** Whether a part that takes what is typed was asked for and has not arrived. */
export const arriving = () => coming > 0;

/**
 * A component that is read when it is first shown; ready() reads it ahead.  load: () => a promise of the component;
 * failed(error): it could not be read; typed: what is typed while it comes is meant for it, as for a dialog.  Its property
 * `until` is shown meanwhile.
 */
export function lazy(load, failed = () => {}, typed = true) {
  const found = signal(null);
  let asked = null;
  const ready = () => (asked ??= load().then((part) => { found.value = { part }; }).catch((e) => { asked = null; throw e; }));
  function Lazy(props) {
    const part = found.value?.part;
    useEffect(() => {
      if (part) return;
      const one = typed ? 1 : 0;
      coming += one;
      ready().catch(failed).finally(() => { coming -= one; });
    }, []);
    return part ? h(part, props) : props.until ?? null;
  }
  return Object.assign(Lazy, { ready });
}
