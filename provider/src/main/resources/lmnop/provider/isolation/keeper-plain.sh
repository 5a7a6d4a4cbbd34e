# Keeps one plain instance: starts it, waits for it, notes how it ended. Runs in a session of its
# own and outlives the provider. A line on its input lets the program begin; without it the provider
# has left, and nothing begins.
# Arguments: the instance's folder; where the program starts; the largest file that it may write,
# in blocks of 512 bytes; then the command.
folder=$1 start=$2 largest=$3
shift 3
exec 4<&0 < /dev/null
cd "$folder" || exit 125
: > up

(
  while read -r group; do
    echo 0 > "$group/cgroup.procs" || exit 125
  done < groups
  ulimit -f "$largest"
  ulimit -c 0
  [ ! -e fallback-limits ] || . ./fallback-limits
  exec >> output 2>&1
  cd "$start" || exit 125
  read -r _ <&4 || exit 0
  exec "$@" 4<&-
)
code=$?
echo "$code" > exit.new && mv exit.new exit
exit 0
