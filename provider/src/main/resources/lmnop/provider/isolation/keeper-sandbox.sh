# Keeps one sandboxed instance: makes its network, starts it, waits for it, notes how it ended.
# Runs in a network namespace and a session of its own, and outlives the provider.
# Arguments: the instance's folder; a process in the machine's network namespace; the largest file
# that the instance may write, in blocks of 512 bytes; then the command.
folder=$1 host=$2 largest=$3
shift 3
umask 022
cd "$folder" || exit 125

end() {
  echo "$1" > exit.new && mv exit.new exit
  exit 0
}

# No IPv6 towards the machine: all rules that keep instances apart are about IPv4.
[ ! -e /proc/sys/net/ipv6 ] || echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 || end 125
nft -f translation.nft &
translation=$!
ip -batch inside.batch || end 125
echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet || end 125
nsenter --net="/proc/$host/ns/net" /bin/sh -e outside.sh || end 125
wait "$translation" || end 125
: > up

(
  while read -r group; do
    echo 0 > "$group/cgroup.procs" || exit 125
  done < groups
  ulimit -f "$largest"
  ulimit -c 0
  ulimit -S -n 4096
  [ ! -e fallback-limits ] || . ./fallback-limits
  exec bwrap --args 3 -- "$@" 3< arguments < /dev/null >> output 2>&1
)
end $?
