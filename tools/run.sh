#!/bin/sh
# run.sh WANGGE DATA LISTEN: makes the sample district on the first run, serves it.
set -eu
wangge=$1 data=$2 listen=$3
[ -e "$data/wangge.db" ] || "$wangge" init --sample --data "$data"
cat <<END

  http://$listen          a resident on a phone: report something, follow it
  http://$listen/work     grid worker and patrol     /desk   clerks     /board   one screen     /admin

  Sample accounts, password wangge-sample:
    clerk worker patrol verifier leader commander town village dept resident resident2 admin

  Stop with Ctrl-C; everything is kept in $data/
END
exec "$wangge" serve --data "$data" --listen "$listen"
