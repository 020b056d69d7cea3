/** @file The words of the guided story, which only those load who are told it. */

/** What is said at each step. */
export const tale: readonly { readonly title: string; readonly text: readonly string[] }[] = [
  {
    title: 'A ball goes down a valley',
    text: [
      'The ball starts at the upper left. The lowest place is the purple dot, but the ball cannot see it: all that it feels is the slope under it. So it takes thirty small steps, each one downhill, and stops short of the dot.',
      'To train a model is the same. The place is the numbers of the model, the height is how wrong it is, and each step makes it a little less wrong.',
    ],
  },
  {
    title: 'Who chose how long its steps are?',
    text: [
      'Each of the thirty steps has a size. They were all set to 0.02 before the ball began. Make them larger here: too small, and it stops short; too large, and it bounces between the walls.',
      'One slider gets far in a valley as plain as this, but no single size is the best. A step of 0.1 ends on the floor of the valley, and a step of 1 after it ends on the dot: two steps instead of thirty. Thirty steps of 1 throw the ball out. So imagine thirty sliders, one a step; a real training has thousands of such choices. Which should change, and by how much?',
    ],
  },
  {
    title: 'One walk back answers for all thirty',
    text: [
      'All sizes are 0.02 again. One could try: change one size, roll again, compare, thirty times over. There is a shorter way. Keep every place that the ball came through. Then walk back from the end to the start, and work out at each step: had it been a little longer, how much lower would the ball have ended?',
      'The thirty answers together are the hypergradient. It says how the end of a training changes with the choices made before it began. The curve has all thirty.',
      'Here they are the same, and there is a reason. Each step multiplies the distance to the dot by (1 − size × steepness), along the valley and across it. The order of factors does not matter to a product, so that early and late steps of one size count alike. In a training with noise, with Adam, or of a neural network they do not.',
    ],
  },
  {
    title: 'Follow it',
    text: [
      'Change all thirty sizes a little, as the hypergradient says, and let the ball roll again. That is one outer step. The curve of the objective is the height at which the ball ends.',
      'Take a few. The ball ends lower each time, nearer to the dot.',
    ],
  },
  {
    title: 'What if one stops walking back?',
    text: [
      'The ball is back at its first way. Walking back takes time, and room to keep every place. A common shortcut walks back through the last few steps alone: that is truncation. The sizes of all steps before then have no answer at all.',
      'Those sizes did act. They moved the ball, and all its later steps began from there; but the walk stopped before it came to them. What is lost is all that early choices do through what follows. Little is lost only where a training forgets how it began, as one does that runs until nothing changes any more.',
    ],
  },
  {
    title: 'The same, in earnest',
    text: [
      'A shop trains a recommender on what 900 people clicked. An attacker adds 100 fake users, so that it recommends one item to everyone. The choices made before the training are their clicks: each row of the picture is a fake user, each column an item. The same walk back, here through 100 steps, colours every cell. A click on orange would help the attack; on blue it would hurt.',
      'So a hypergradient says how the end of a training changes with what was chosen before it; truncation loses what those choices did through the early steps. The slider compares, at first with the last 10 steps. Then explore the rest of the page: play.',
    ],
  },
];
