#!/bin/sh
# run.sh WANGGE DATA LISTEN: makes the sample district on the first run, serves it.
set -eu
wangge=$1 data=$2 listen=$3
if [ ! -e "$data/wangge.db" ]; then
    "$wangge" init --sample --data "$data" > /dev/null # the server names the accounts below
    # Two years and a month have been lived here, quietly: the board compares with the same days of the year before.
    "$wangge" simulate --data "$data" --days 760 --scale 0.12 --seed 1
fi
cat <<END

  http://$listen/         a resident on a phone: report something, follow it
  http://$listen/work     grid worker and patrol
  http://$listen/desk     clerks        /command  orders    /board  one screen    /admin  administration

  Stop with Ctrl-C; everything is kept in $data/

END
exec "$wangge" serve --data "$data" --listen "$listen"
