#!/bin/sh
# run.sh WANGGE DATA LISTEN: makes the sample district on the first run, serves it.
set -eu
wangge=$1 data=$2 listen=$3
if [ ! -e "$data/wangge.db" ]; then
    "$wangge" init --sample --data "$data"
    "$wangge" simulate --data "$data" --days 30 --seed 1 # a month has been lived here: the board shows something
fi
cat <<END

  http://$listen/         a resident on a phone: report something, follow it
  http://$listen/work     grid worker and patrol
  http://$listen/desk     clerks        /board  one screen        /admin  administration

  Stop with Ctrl-C; everything is kept in $data/

END
exec "$wangge" serve --data "$data" --listen "$listen"
