/** @file Pictures that can be saved: a button on each, and the list of those on the page. */

import { useEffect, useRef } from 'preact/hooks';
import { saveFile } from '../page/files.ts';

/** A picture on the page, as a file. */
export interface Saveable {
  readonly label: string;
  readonly ending: 'svg' | 'png';
  /** The bytes of the file. */
  file(): Promise<Blob>;
  /** Markup that shows it on another page. */
  markup(): Promise<string>;
}

/** The pictures on the page now, in no order. */
export const saveables = new Set<Saveable>();

const fileName = ({ label, ending }: Saveable) =>
  `${label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)}.${ending}`;

/** The button that saves a picture; the picture is on the list while the button is on the page. */
export const Save = ({ picture }: { readonly picture: Saveable }) => {
  const now = useRef(picture);
  now.current = picture;
  useEffect(() => {
    const listed: Saveable = {
      get label() {
        return now.current.label;
      },
      ending: picture.ending,
      file: () => now.current.file(),
      markup: () => now.current.markup(),
    };
    saveables.add(listed);
    return () => {
      saveables.delete(listed);
    };
  }, [picture.ending]);
  return (
    <button
      type="button"
      class="save"
      aria-label={`Save as ${picture.ending.toUpperCase()}: ${picture.label}`}
      onClick={() => void picture.file().then((file) => saveFile(fileName(picture), file))}
    >
      {picture.ending.toUpperCase()} ↓
    </button>
  );
};

/** A canvas as a picture that can be saved. */
export const canvasPicture = (
  label: string,
  canvas: { readonly current: HTMLCanvasElement | null },
): Saveable => ({
  label,
  ending: 'png',
  file: () =>
    new Promise((resolve, reject) => {
      canvas.current?.toBlob((blob) =>
        blob ? resolve(blob) : reject(new Error('the picture is empty: wait until it is drawn')),
      );
    }),
  markup: async () => `<img src="${canvas.current?.toDataURL() ?? ''}" alt="">`,
});
