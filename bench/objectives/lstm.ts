/** @file ADBench's LSTM: diagonal weights, one character a step, trained weights as inputs. */

import {
  add,
  type BilevelProblem,
  div,
  exp,
  log,
  mul,
  reshape,
  sigmoid,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '../../src/autodiff/index.ts';

/** `main` [2 layers, 4 b]: a row of weights and one of biases a layer; `extra` [3, b]. */
export type LstmParameters = { readonly main: Tensor; readonly extra: Tensor };

/** `state` [2 layers, b]: hidden and cell of each layer; `sequence` [characters, b] of bits. */
export interface LstmData {
  readonly state: Tensor;
  readonly sequence: readonly Tensor[];
}

type LstmState = { readonly hidden: Tensor; readonly cell: Tensor; readonly total: Tensor };
type Characters = readonly [Tensor, Tensor];

/**
 * The mean cross-entropy of the next character as a bilevel problem: a step reads a character, so
 * that the exact hypergradient is backpropagation through time. What ADBench calls log-sum-exp is
 * log(2 + Σ exp).
 */
export function lstmProblem(
  inputs: LstmParameters,
  { state, sequence }: LstmData,
): BilevelProblem<LstmState, LstmParameters, LstmState, Characters> {
  const layers = state.shape[0] / 2;
  const bits = state.shape[1];
  const steps = sequence.length - 1;
  const rows = (x: Tensor, first: number) =>
    stack(Array.from({ length: layers }, (_, layer) => slice(x, { 0: 2 * layer + first })));
  return {
    inputs,
    steps,
    batch: (t) => [sequence[t], sequence[t + 1]],
    init: () => ({ hidden: rows(state, 0), cell: rows(state, 1), total: tensor(0) }),
    step(before, parameters, [character, next]) {
      const { prediction, ...after } = predict(before, parameters, character);
      const normaliser = log(add(sum(exp(prediction)), 2));
      const likelihood = sum(mul(next, sub(prediction, normaliser)));
      return { ...after, total: add(before.total, likelihood) };
    },
    objective: ({ total }) => div(total, -steps * bits),
  };
}

/** The prediction of the next character from one, and the state after it. */
function predict({ hidden, cell }: LstmState, { main, extra }: LstmParameters, character: Tensor) {
  const [layers, bits] = hidden.shape;
  const gates = reshape(main, [layers, 2, 4, bits]);
  const row = (layer: number, part: number, gate: number) =>
    slice(gates, { 0: layer, 1: part, 2: gate });
  const [hiddens, cells]: Tensor[][] = [[], []];
  let x = mul(character, slice(extra, { 0: 0 }));
  for (let layer = 0; layer < layers; layer++) {
    const gate = (input: Tensor, which: number) =>
      add(mul(input, row(layer, 0, which)), row(layer, 1, which));
    const before = slice(hidden, { 0: layer });
    const forget = sigmoid(gate(x, 0));
    const ingate = sigmoid(gate(before, 1));
    const outgate = sigmoid(gate(x, 2));
    const change = tanh(gate(before, 3));
    cells.push(add(mul(slice(cell, { 0: layer }), forget), mul(ingate, change)));
    x = mul(outgate, tanh(cells[layer]));
    hiddens.push(x);
  }
  const prediction = add(mul(x, slice(extra, { 0: 1 })), slice(extra, { 0: 2 }));
  return { hidden: stack(hiddens), cell: stack(cells), prediction };
}
