/** @file The short form of every campaign that has one: no case is at fault. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { campaigns } from './registry.ts';
import { runCampaign } from './runner.ts';

for (const campaign of Object.values(campaigns).filter(({ short }) => short > 0)) {
  test(`${campaign.short} cases of ${campaign.name}`, async () => {
    const { tried, faults } = await runCampaign(campaign, { seed: 1, count: campaign.short });
    assert.is(tried, campaign.short);
    for (const { index, name, fault } of faults) {
      console.log(`npm run campaign -- ${campaign.name} --only ${index}: ${name}: ${fault}`);
    }
    assert.is(faults.length, 0);
  });
}

test.run();
