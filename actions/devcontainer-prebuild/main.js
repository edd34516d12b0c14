// Made by script/generate.
require('../../dist/index.js').start('devcontainer-prebuild');
