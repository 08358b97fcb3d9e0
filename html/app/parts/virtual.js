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
    const first = Math.max(0, Math.min(count - 1, Math.floor(above / height)) - OVER);
    const end = Math.ceil((above + innerHeight) / height) + OVER;
    const next = [first - (first % STEP), Math.min(count, Math.max(STEP, end + STEP - (end % STEP))), height];
    setRange((old) => (old.every((x, i) => x === next[i]) ? old : next));
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
