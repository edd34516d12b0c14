set -eu
sh /opencrate/src/opencrate/main.sh | grep "^opencrate v"
grep "^rich" /opencrate/dependencies.txt
test "$(id -u)" = 1000
