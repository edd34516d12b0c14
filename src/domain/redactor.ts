import { escapedForms } from './secret-forms.ts';

const shortestSecret = 3;
const cover = '***';

interface Form {
  readonly text: string | RegExp;
  readonly length: number;
}

/** Takes secrets out of texts, in the forms in which they travel: as they are, in addresses, in JSON and in base64. */
export class Redactor {
  readonly #forms = new Map<string, readonly Form[]>();
  #ordered: readonly Form[] = [];

  /** Texts so short that they are in half of all words are no secrets that anyone could keep. */
  add(secret: string): void {
    for (const line of [secret, ...secret.split(/[\r\n]+/)]) {
      if (line.length >= shortestSecret && !this.#forms.has(line)) this.#forms.set(line, formsOf(line));
    }
    // The longest first: a part that is replaced early would hide the whole from its own rule.
    this.#ordered = [...this.#forms.values()].flat().sort((a, b) => b.length - a.length);
  }

  /** The text with every secret covered. */
  clean(text: string): string {
    return this.#ordered.reduce((rest, form) => rest.replaceAll(form.text, cover), text);
  }
}

function formsOf(secret: string): readonly Form[] {
  return [
    { text: secret, length: secret.length },
    ...escapedForms(secret).map((text) => ({ text, length: secret.length })),
    ...base64Forms(secret).map((text) => ({ text, length: text.length })),
  ];
}

/** In base64 a text looks different at each of three places in what is around it; its first and last digits belong to its neighbours. */
function base64Forms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const forms = [0, 1, 2].map((before) => {
    const text = btoa(String.fromCharCode(...new Uint8Array(before), ...bytes)).replace(/=+$/, '');
    const ours = text.slice(Math.ceil((before * 4) / 3));
    return (bytes.length + before) % 3 === 0 ? ours : ours.slice(0, -1);
  });
  const long = forms.filter((form) => form.length >= 6);
  return [...long, ...long.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
