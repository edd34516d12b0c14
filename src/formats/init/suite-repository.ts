// Made by script/generate from script/commands/generate/repository.json.
/** Where the suite is published. */
export const suiteRepository = 'org/slipway';
