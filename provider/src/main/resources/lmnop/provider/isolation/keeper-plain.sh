# Keeps one plain instance: starts it, waits for it, notes how it ended. Runs in a session of its
# own and outlives the provider.
# Arguments: the instance's folder; where the program starts; the largest file that it may write,
# in blocks of 512 bytes; then the command.
folder=$1 start=$2 largest=$3
shift 3
cd "$folder" || exit 125
: > up

(
  while read -r group; do
    echo 0 > "$group/cgroup.procs" || exit 125
  done < groups
  ulimit -f "$largest"
  ulimit -c 0
  [ ! -e fallback-limits ] || . ./fallback-limits
  exec < /dev/null >> output 2>&1
  cd "$start" || exit 125
  exec "$@"
)
code=$?
echo "$code" > exit.new && mv exit.new exit
exit 0
