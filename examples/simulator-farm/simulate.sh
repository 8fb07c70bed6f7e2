#!/bin/sh
# Stands in for a simulator: works for an hour, in a process of its own per core.
echo "simulating $1"
for core in 1 2; do
  sh -c 'while sleep 1; do :; done' "$1" &
done
wait
