/** @file What is behind a card of the tape: its operations, numbers, gradient and source. */

import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TapeNode } from '../../autodiff/index.ts';
import type { Card } from '../../picture/index.ts';
import { calls, facts, innerStep, playing, report, snapshot } from '../page/lab.ts';
import { diverging, HeatMap } from '../pictures/heat-map.tsx';
import { brief } from '../pictures/numbers.ts';
import { entryOf, type NumberPicture } from '../session/numbers.ts';
import type { KernelDetails, TapeView } from '../session/tape.ts';

interface Props {
  readonly card: Card;
  readonly view: TapeView;
  readonly onClose: () => void;
}

/** The side. While iterations play it keeps the numbers of the one at which it was opened. */
export const KernelSide = ({ card, view, onClose }: Props) => {
  const kernel = useSignal(card.kernels[0]);
  const details = useSignal<KernelDetails | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useSignalEffect(() => {
    const [asked, steps, rests] = [kernel.value, facts.value?.steps ?? 1, !playing.value];
    const step = Math.min(innerStep.value, steps - 1);
    const isNew = details.peek()?.kernel !== asked;
    if (!snapshot.value || !(rests || isNew)) return;
    calls.kernel(view, { kernel: asked, step }).then((found) => {
      if (kernel.peek() === asked) details.value = found;
    }, report);
  });
  const known = details.value;
  return (
    <aside
      class="side"
      aria-labelledby="side-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <div class="side-head">
        <h3 id="side-title" ref={heading} tabIndex={-1}>
          Card {card.id}, {card.phase}
        </h3>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {card.count > 1 && (
        <label class="field">
          <span>One of {card.count} kernels alike</span>
          <select
            value={kernel.value}
            onChange={(event) => {
              kernel.value = Number(event.currentTarget.value);
            }}
          >
            {card.kernels.map((id) => (
              <option key={id} value={id}>
                kernel {id}
              </option>
            ))}
          </select>
        </label>
      )}
      {known?.kernel === kernel.value ? (
        <Details details={known} />
      ) : (
        <p class="about">Computing its numbers …</p>
      )}
    </aside>
  );
};

const Details = ({ details }: { readonly details: KernelDetails }) => {
  const { value, gradient, source, nodes, step, iteration } = details;
  return (
    <>
      <h4>Operations</h4>
      <ol class="operations">
        {nodes.map((node) => (
          <li key={node.id}>
            <code>{operation(node)}</code> {node.rule && <em>∂ {node.rule.name}</em>}
          </li>
        ))}
      </ol>
      <h4>
        What it stores in step {step} of outer step {iteration}
      </h4>
      <Numbers numbers={value} />
      {gradient && (
        <>
          <h4>How the objective changes with that</h4>
          <Numbers numbers={gradient} />
        </>
      )}
      <Source label="The expression of a cell" text={source.plan} />
      <Source
        label="The shader's source, for gpu.js"
        text={source.gpujs ?? 'gpu.js runs this recurrence row by row.'}
      />
      <Source label="The loop nest, for WebAssembly" text={source.nests} />
      <Source label="WebAssembly text, as simd runs it" text={source.wasm} />
    </>
  );
};

const operation = ({ name, detail, inputs, shape, id }: TapeNode): string => {
  const given = [...inputs.map((input) => `%${input}`), ...(detail ? [detail] : [])];
  return `%${id} = ${name}(${given.join(', ')}) [${shape.join(',')}]`;
};

const figure = (x: number): string => brief(x, 4);

/** A figure of the finite numbers, which there may be none of. */
const figureOf = (x: number): string => (Number.isFinite(x) ? figure(x) : '–');

const Numbers = ({ numbers }: { readonly numbers: NumberPicture }) => {
  const { shape, rows, columns, cells, every, min, max, mean, nonFinite, first } = numbers;
  const most = Math.max(Math.abs(min), Math.abs(max)) || 1;
  if (cells.length === 0) return <p class="about">[{shape.join(',')}], which has no numbers</p>;
  return (
    <>
      <div class="thumb" style={{ '--rows': rows }}>
        <HeatMap
          label={`Numbers of shape [${shape.join(',')}]`}
          rows={rows}
          columns={columns}
          colour={(cell, dark) => diverging(cells[cell] / most, dark)}
          of={cells}
          describe={(cell) => `[${entryOf(cell, numbers).join(', ')}] = ${figure(cells[cell])}`}
        />
      </div>
      <dl class="figures">
        <div>
          <dt>least</dt>
          <dd>{figureOf(min)}</dd>
        </div>
        <div>
          <dt>mean</dt>
          <dd>{figureOf(mean)}</dd>
        </div>
        <div>
          <dt>most</dt>
          <dd>{figureOf(max)}</dd>
        </div>
      </dl>
      <p class="about">
        [{shape.join(',')}], which begins {first.map(figure).join(', ')}
        {every.some((count) => count > 1) &&
          `; the picture shows the first of every ${every.join(' by ')} entries`}
        {nonFinite > 0 && `; ${nonFinite} are not finite`}
      </p>
    </>
  );
};

const Source = ({ label, text }: { readonly label: string; readonly text: string }) => (
  <details
    onToggle={({ currentTarget }) => {
      if (currentTarget.open) currentTarget.scrollIntoView({ block: 'nearest' });
    }}
  >
    <summary>{label}</summary>
    <pre tabIndex={0} role="region" aria-label={label}>
      {text}
    </pre>
  </details>
);
