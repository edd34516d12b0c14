// Made by script/generate.
require('../../dist/index.js').start('pipeline-post');
