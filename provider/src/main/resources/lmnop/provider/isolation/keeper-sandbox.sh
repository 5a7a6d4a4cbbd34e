# Keeps one sandboxed instance: makes its network and its sandbox at the same time, starts it, waits
# for it, notes how it ended. Its input brings a word when all that the sandbox needs is written.
# Runs in a network namespace and a session of its own, and outlives the provider.
# Arguments: the instance's folder; a process in the machine's network namespace; the largest file
# that the instance may write, in blocks of 512 bytes; then the command.
folder=$1 host=$2 largest=$3
shift 3
exec 5<&0 < /dev/null
umask 022
cd "$folder" || exit 125

end() {
  echo "$1" > exit.new && mv exit.new exit
}

# Nothing starts without a network: whoever waits for it in this session ends as well.
fail() {
  end 125
  kill -9 0
}

inside() {
  ip -batch inside.batch && echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet && echo linked
}

network() {
  exec 5<&-
  # No IPv6 towards the machine: all rules that keep instances apart are about IPv4.
  [ ! -e /proc/sys/net/ipv6 ] || echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 || fail
  nft -f translation.nft &
  translation=$!
  # The machine's side starts meanwhile, and waits for the link.
  inside | nsenter --net="/proc/$host/ns/net" /bin/sh -e -c "read -r linked; . ./outside.sh" || fail
  wait "$translation" || fail
  : > up || fail
  echo up
}

# The program of the sandbox waits for the network's word, with which the pipe ends.
sandbox() {
  read -r _ <&5 || {
    echo "The provider left before the sandbox was ready." >&2
    exit 125
  }
  exec 5<&-
  while read -r group; do
    echo 0 > "$group/cgroup.procs" || exit 125
  done < groups
  ulimit -f "$largest"
  ulimit -c 0
  ulimit -S -n 4096
  [ ! -e fallback-limits ] || . ./fallback-limits
  exec bwrap --block-fd 4 --args 3 -- "$@" 4<&0 3< arguments < /dev/null >> output 2>&1
}

network | sandbox "$@"
end $?
