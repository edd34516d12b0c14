/** The tools for which there is a Dockerfile to begin with. */
export const templateNames = ['poetry', 'pip', 'uv'] as const;
export type TemplateName = (typeof templateNames)[number];

/** What a template is filled with; the person who gets the files changes the rest in them. */
export interface TemplateChoices {
  /** What the images are called; `-app` and the like follow it. */
  readonly name: string;
  /** The version of Python, as the tag of its image has it. */
  readonly python: string;
  readonly uid: number;
  readonly gid: number;
}
