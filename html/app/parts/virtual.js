/* Which rows of a long table are on the screen: all rows have one height, so the rest can be empty space. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';

const OVER = 6, STEP = 4;         /* rows beyond the screen on either side; how many come and go at once */

/** [first, end, row height] of `count` rows in the table body `body.current`; rows carry the class "row". */
export function useVirtual(count, body) {
  const [range, setRange] = useState([0, 40, 38]);
  const look = () => {
    if (!body.current) return;
    const height = body.current.querySelector('.row')?.offsetHeight || 38;
    const above = -body.current.getBoundingClientRect().top;
    const top = Math.max(0, Math.min(count - 1, Math.floor(above / height))), bottom = Math.ceil((above + innerHeight) / height);
    const jump = top >= range[1] || bottom <= range[0];          /* nothing can be kept: what is seen first, what is near after it */
    const over = jump ? 0 : OVER;
    const first = Math.max(0, top - over), end = bottom + over;
    const next = [first - (first % STEP), Math.min(count, Math.max(STEP, end + STEP - (end % STEP))), height];
    if (range.every((x, i) => x === next[i])) return;
    setRange(next);
    if (jump) requestAnimationFrame(() => setTimeout(() => latest.current()));
  };
  const latest = useRef(look);
  latest.current = look;
  useLayoutEffect(() => latest.current(), [count]);
  useEffect(() => {
    const on = () => latest.current();
    addEventListener('scroll', on, { passive: true });
    addEventListener('resize', on);
    return () => { removeEventListener('scroll', on); removeEventListener('resize', on); };
  }, []);
  return range;
}

/** Empty space instead of rows that are not on the screen. */
export function Space({ rows, height, span }) {
  const cell = useRef();
  useLayoutEffect(() => { cell.current?.style.setProperty('block-size', `${rows * height}px`); }, [rows, height]);
  return rows > 0 ? html`<tr class="space" aria-hidden="true"><td ref=${cell} colspan=${span}></td></tr>` : null;
}
