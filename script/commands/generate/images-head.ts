/** What the workflow of images takes and gives, before its jobs. */
export const imagesHead = `# Made by script/generate from script/commands/generate/images-workflow.ts.
name: images

on:
  workflow_call:
    inputs:
      config:
        description: The configuration; by default slipway.yml or .github/slipway.yml
        type: string
        default: ''
      registry:
        description: Where images are published; by default what the configuration says
        type: string
        default: ''
      images:
        description: Only these images and what they are built on
        type: string
        default: ''
      since:
        description: Build what changed since this commit, branch or tag, and what is built on it
        type: string
        default: ''
      tags:
        description: Tags that another tool chose, such as docker/metadata-action; they stand in for ours
        type: string
        default: ''
      max-jobs:
        description: The most jobs of one level; with 1, all images share a single job
        type: number
        default: 64
      rebuild-base:
        description: On workflow_dispatch, build everything anew
        type: boolean
        default: false
      builder:
        description: The builder of buildx to use; by default the current one
        type: string
        default: ''
      runs-on:
        description: The runner of every job, but for platforms that have runners of their own
        type: string
        default: ubuntu-latest
      gate:
        description: How the gate proves the set (promote, archive, rebuild or layers); by default what the configuration says
        type: string
        default: ''
      gate-builder:
        description: The builder of the second builds of the gates rebuild and layers; by default one is made and removed
        type: string
        default: ''
      keep-store-max:
        description: An image that was built and then failed is kept as an artifact up to this size; with 0 none is
        type: string
        default: 2 GiB
      environment:
        description: The environment of the jobs that write tags, whose rules then hold for them
        type: string
        default: ''
    secrets:
      registry-username:
        description: The user to sign in to the registry as; by default what Docker is signed in as
        required: false
      registry-password:
        description: The password or token of that user
        required: false
      registry-logins:
        description: Sign-ins to further registries, as HOST USER PASSWORD on each line; only the jobs verify, publish and release get them
        required: false
      build-secrets:
        description: Values of the secrets that images ask for, as ID=value on each line
        required: false
    outputs:
      plan:
        description: The digest of the plan
        value: \${{ jobs.plan.outputs.plan }}
      version:
        description: The version of the project; empty when it has none
        value: \${{ jobs.plan.outputs.version }}

permissions: {}

jobs:`;
