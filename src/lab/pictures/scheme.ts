/** @file Whether the page is dark: pictures have no style sheet, so they are drawn anew for it. */

import { useEffect, useState } from 'preact/hooks';

/** Whether the page is dark now. */
export function useDark(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const change = () => setDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return dark;
}
