#!/bin/sh
# Stands in for a training run on a GPU. The first attempt hangs after two epochs, and keeps the GPU.
epoch=0
while :; do
  epoch=$((epoch + 1))
  echo "attempt $1: epoch $epoch"
  if [ "$1" = 1 ] && [ "$epoch" = 2 ]; then sleep 3600; fi
  sleep 1
done
