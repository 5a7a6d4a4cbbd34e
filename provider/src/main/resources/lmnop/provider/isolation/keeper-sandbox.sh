# Keeps one sandboxed instance: readies it in the network that this process is in, waits for it, notes
# how it ended. Outlives the provider.
# Arguments: the instance's folder. Input 4 is for who waits inside.
cd "$1" || exit 125
umask 022

end() {
  echo "$1" > exit.new && mv exit.new exit
}

# The network knows of the usual ports only.
if [ -e translation.nft ] && ! nft -f translation.nft; then
  end 125
  exit 0
fi
: > up

(
  while read -r group; do
    echo 0 > "$group/cgroup.procs" || exit 125
  done < groups
  ulimit -c 0
  ulimit -S -n 4096
  [ ! -e fallback-limits ] || . ./fallback-limits
  . ./program.sh # how large a file may be, and the command
  exec bwrap --args 3 -- "$@" 3< arguments < /dev/null >> output 2>&1
)
end $?
