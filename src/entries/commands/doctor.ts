import { doctor } from '../../pipelines/doctor.ts';
import { doctorText } from '../../reports/doctor-text.ts';
import type { Command } from '../command.ts';

/** What this machine has and lacks. */
export const command: Command = {
  name: 'doctor',
  about: 'Say what this machine has, what it lacks, and what mends it. Exit code 4 when something needed is missing.',
  options: { json: { kind: 'flag', about: 'print the findings as JSON' } },
  async run({ ports, arguments: given, print }) {
    const findings = await doctor(ports, '.');
    print(given.flag('json') ? `${JSON.stringify(findings)}\n` : doctorText(findings));
    return findings.some((finding) => finding.state === 'missing') ? 4 : 0;
  },
};
