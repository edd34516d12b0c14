import type { DevcontainerProgram } from '../../clients/devcontainer.ts';
import type { PublishedName } from '../../domain/devcontainer/image-input.ts';
import type { RefreshRules } from '../../domain/devcontainer/origin.ts';
import type { PushRules } from '../../domain/devcontainer/push-decision.ts';
import type { Numbers } from '../../domain/devcontainer/user-number.ts';
import type { EventFacts } from '../../domain/event.ts';
import type { BuilderWish } from '../builder.ts';
import type { SignIn } from '../destination.ts';

/** What a prebuild is asked for, whoever asks. */
export interface PrebuildChoices {
  /** The repository's folder. */
  readonly folder: string;
  readonly config: string | undefined;
  readonly event: EventFacts;
  readonly name: PublishedName | undefined;
  readonly push: PushRules;
  readonly signIn: SignIn | undefined;
  readonly allow: readonly string[];
  readonly platforms: readonly string[];
  readonly extraFiles: readonly string[];
  readonly refresh: RefreshRules;
  readonly cacheFrom: readonly string[];
  readonly cacheTo: string | undefined;
  readonly builder: BuilderWish;
  readonly cli: DevcontainerProgram & { readonly version: string; readonly self?: Numbers | undefined };
  readonly updateUid: boolean;
  /** Variables that the hooks and the command get. */
  readonly env: Readonly<Record<string, string>>;
  readonly venv: {
    readonly manager: 'auto' | 'none' | 'poetry' | 'uv' | 'pip';
    readonly project: string;
    readonly args: readonly string[];
  };
  readonly caches: { readonly paths: readonly string[]; readonly keyFiles: readonly string[] };
  readonly command: string | undefined;
}

/** Whose the containers of a run are, and where it keeps what nobody needs later. */
export interface PrebuildPlace {
  readonly owner: string;
  readonly folder: string;
  readonly onBuilder: (name: string) => Promise<void>;
  /** Refuses where the disk is full; it is waited for before anything is put there. */
  readonly space?: Promise<void>;
}
