import type { TemplateChoices } from './template-choices.ts';

/** A compose file with an image for three of the stages; it is from where Slipway knows them. */
export function templateCompose({ name, uid, gid }: TemplateChoices): string {
  return `# The images of this project. \`docker compose up -d app-dev\` starts the one to work in.
name: ${name}

services:
  builder:
    image: ${name}-builder:latest
    deploy:
      replicas: 0 # there to be built, and never started
    build:
      context: .
      target: builder
      args: &user
        USER_UID: \${USER_UID:-${uid}}
        USER_GID: \${USER_GID:-${gid}}
      cache_from:
        - ${name}-builder:latest

  app:
    image: ${name}-app:latest
    deploy:
      replicas: 0
    build:
      context: .
      target: app
      args: *user
      cache_from:
        - ${name}-builder:latest
        - ${name}-app:latest

  app-dev:
    image: ${name}-app-dev:latest
    build:
      context: .
      target: dev
      args: *user
      cache_from:
        - ${name}-builder:latest
        - ${name}-app-dev:latest
    volumes:
      # The environment of the image, and not what a machine of another kind has in that folder.
      - venv:/app/.venv
    command: ["sleep", "infinity"]

volumes:
  venv:
`;
}

/** What no build of the project needs to see. */
export const templateIgnore = `# What no image holds.
.git
.github
.slipway
.dockerignore
.venv
**/__pycache__
**/*.pyc
.env
.mypy_cache
.pytest_cache
.ruff_cache
Dockerfile
compose*.y*ml
docker-compose*.y*ml
slipway.yml
`;
