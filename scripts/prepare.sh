# Sourced: installs the locked dependencies when they are missing or stale; says what it does.
stamp=node_modules/.package-lock.stamp
if ! cmp -s package-lock.json "$stamp" || [ ! -x node_modules/.bin/node ]; then
  echo "Installing dependencies (npm ci), about a minute the first time ..." >&2
  if ! "${npm_node_execpath:-node}" "${npm_execpath:-$(command -v npm)}" ci --no-audit --no-fund --loglevel=error >&2; then
    echo "Dependencies could not be installed: is the npm registry reachable and is there space on the disk? 依赖安装失败:请检查 npm 源与磁盘空间。" >&2
    exit 1
  fi
  if [ ! -x node_modules/.bin/node ]; then
    echo "No Node 24 for this system came with the dependencies: only Linux x64 and arm64 (glibc) are supported." >&2
    exit 1
  fi
  cp package-lock.json "$stamp"
fi
