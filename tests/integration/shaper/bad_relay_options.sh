#!/bin/bash
# A relay that cannot be set up says why and serves nobody: 2 for a wrong command line, 1 for what the system refuses.
. "$(dirname "$0")/harness.sh"

here=127.0.0.1:0
form="give HOST:PORT, 192.0.2.1:4444 or [2001:db8::1]:4444"
refuses 2 "--listen: needs --connect HOST:PORT as well" --limit 6000 --listen "$here"
refuses 2 "--connect: needs --listen ADDR:PORT as well" --limit 6000 --connect 127.0.0.1:4444
refuses 2 "--connect '': is empty; give HOST:PORT" --limit 6000 --listen "$here" --connect ''
refuses 2 "--listen '': is empty; give ADDR:PORT" --limit 6000 --listen '' --connect 127.0.0.1:4444
refuses 2 "--listen '4444': not an address; $form" --limit 6000 --listen 4444 --connect 127.0.0.1:4444
refuses 2 "--listen '::1:4444': not an address; $form" --limit 6000 --listen ::1:4444 --connect 127.0.0.1:4444
refuses 2 "--listen '127.0.0.1:': not an address; $form" --limit 6000 --listen 127.0.0.1: --connect 127.0.0.1:4444
refuses 2 "--listen '127.0.0.1:65536': the port must be a number from 0 to 65535" \
  --limit 6000 --listen 127.0.0.1:65536 --connect 127.0.0.1:4444
refuses 2 "--connect '127.0.0.1:-1': the port must be a number from 0 to 65535" \
  --limit 6000 --listen "$here" --connect 127.0.0.1:-1
refuses 2 "--connect '127.0.0.1:0': port 0 cannot be connected to" --limit 6000 --listen "$here" --connect 127.0.0.1:0
refuses 2 "--direction 'left': allowed are up, down, both" \
  --limit 6000 --listen "$here" --connect 127.0.0.1:4444 --direction left
refuses 2 "--drain '1h': give whole seconds" --limit 6000 --listen "$here" --connect 127.0.0.1:4444 --drain 1h
refuses 2 "--size: for a relay it needs --once" --limit 6000 --listen "$here" --connect 127.0.0.1:4444 --size 5M
refuses 2 "--limit: is required" --listen "$here" --connect 127.0.0.1:4444

refuses 1 "--connect 'nowhere.invalid:4444': " --limit 6000 --listen "$here" --connect nowhere.invalid:4444
refuses 1 "--listen '192.0.2.1:4444': " --limit 6000 --listen 192.0.2.1:4444 --connect 127.0.0.1:4444

"$shaper" --limit 6000 --listen "$here" --connect 127.0.0.1:4444 2>"$tmp/first" &
until_true "the first relay listens" grep -q 'listening on' "$tmp/first"
taken=$(grep -o 'listening on [^,]*' "$tmp/first" | cut -d ' ' -f 3)
refuses 1 "--listen '$taken': Address already in use" --limit 6000 --listen "$taken" --connect 127.0.0.1:4444

free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
own="that is where this relay listens itself"
refuses 1 "--connect '127.0.0.1:$free': $own" --limit 6000 --listen "127.0.0.1:$free" --connect "127.0.0.1:$free"
refuses 1 "--connect '127.0.0.1:$free': $own" --limit 6000 --listen "0.0.0.0:$free" --connect "127.0.0.1:$free"
