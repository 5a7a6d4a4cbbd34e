# Makes the network of an instance before anybody knows which one it will be, and waits: a line on its
# input names the instance's folder, and this process becomes its keeper. Without that line the
# provider has left, and the network goes with this process. Runs in a network namespace and a
# session of its own.
# Arguments: the keeper's script; a process in the machine's network namespace; what ip does in here,
# what a shell does on the machine's side, what nft does in here.
keeper=$1 host=$2 inside=$3 outside=$4 translation=$5
umask 022

link() {
  printf %s "$inside" | ip -batch - || return
  echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet || return
  echo linked
}

network() {
  # No IPv6 towards the machine: all rules that keep instances apart are about IPv4.
  [ ! -e /proc/sys/net/ipv6 ] || echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 || return
  printf %s "$translation" | nft -f - &
  nft=$!
  # The machine's side starts meanwhile, and waits for the link.
  link | nsenter --net="/proc/$host/ns/net" /bin/sh -e -c "read -r linked; $outside" || return
  wait "$nft"
}

complaint=$(network 2>&1)
failed=$?
IFS= read -r folder || exit 0
cd "$folder" || exit 125
exec 4<&0 < /dev/null >> keeper.log 2>&1 # a second line comes, for the keeper

# Nothing starts without a network.
if [ "$failed" -ne 0 ]; then
  echo "$complaint"
  echo 125 > exit.new && mv exit.new exit
  exit 0
fi
exec /bin/sh "$keeper" "$folder"
