// Made by script/generate.
require('../../dist/index.js').start('verify-digest-post');
