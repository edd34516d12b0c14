set -eu
sh /opencrate/src/opencrate/main.sh | grep -q "^opencrate v"
test "$(id -u)" = 1000
