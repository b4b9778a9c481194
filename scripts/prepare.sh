# Sourced: installs the locked dependencies when they are missing or stale; says what it does.
# With need=run only what the hotline runs on, a third of all; whoever needs the rest for tests adds it, without taking
# away from a hotline that runs meanwhile.
# Both are written by scripts/installed.sh.
stamp=node_modules/.package-lock.stamp
partial=node_modules/.without-dev

# Two starts at once install once. The lock file itself is the lock: npm leaves it in place.
exec 9< package-lock.json
if command -v flock > /dev/null; then flock 9; fi
steps=
if ! cmp -s package-lock.json "$stamp" || [ ! -x node_modules/.bin/node ]; then
  if [ "${need:-all}" = run ] && { [ ! -e "$stamp" ] || [ -e "$partial" ]; }; then steps='ci --omit=dev'; else steps='ci'; fi
elif [ "${need:-all}" = all ] && [ -e "$partial" ]; then
  steps='install --no-save --include=dev'
fi
if [ -n "$steps" ]; then
  # The npm of an older one leaves out the Node that the project brings for itself.
  node=$("${npm_node_execpath:-node}" --version) || node=none
  major=${node#v}
  if ! [ "${major%%.*}" -ge 20 ] 2> /dev/null; then
    echo "Node 20 or newer is needed to install with; this is $node. 需要 Node 20 或更新版本,当前为 $node。" >&2
    exit 1
  fi
  echo "正在安装依赖,首次约一分钟 Installing dependencies (npm $steps), about a minute the first time ..." >&2
  free=$(df -Pk . | awk 'NR == 2 { print $4 }')
  if [ "${free:-0}" -lt 900000 ]; then
    echo "The dependencies need 900 MB of free disk space here. 安装依赖需要 900 MB 空闲磁盘空间。" >&2
    exit 1
  fi
  rm -f "$stamp"
  run_npm() { "${npm_node_execpath:-node}" "${npm_execpath:-$(command -v npm)}" "$@" 9<&-; }
  # npm itself tries for minutes, once for each package, before it says that a registry is not there: one question goes
  # first. What npm has in its cache installs without one.
  offline=
  level=error
  said=$(run_npm view typescript dist-tags.latest --loglevel=error --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=2000 --fetch-timeout=20000 2>&1 > /dev/null) || true
  network='EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPROTO|ERR_SOCKET_TIMEOUT|[A-Z_]*(CERT|ISSUER)[A-Z_]*'
  why=$(printf '%s\n' "$said" | grep -Eo "code ($network)" | head -n 1) || true
  if [ -n "$why" ]; then offline=--offline level=silent; fi
  # shellcheck disable=SC2086 # lists of words
  if ! run_npm $steps $offline --no-audit --no-fund --loglevel="$level" >&2; then
    if [ -n "$offline" ]; then
      echo "The npm registry $(run_npm config get registry) cannot be reached (${why#code }): is the network there, or is another registry to be named (npm config set registry)? npm 源不可达:请检查网络,或用 npm config set registry 指定其他源。" >&2
    else
      echo "Dependencies could not be installed, for the reason above: is the npm registry reachable and is there space on the disk? 依赖安装失败,原因见上:请检查 npm 源与磁盘空间。" >&2
    fi
    exit 1
  fi
  if [ ! -x node_modules/.bin/node ]; then
    echo "No Node 24 for this system came with the dependencies: only Linux x64 and arm64 (glibc) are supported. 依赖中没有适用于本系统的 Node 24:仅支持 x64 与 arm64 的 Linux(glibc)。" >&2
    exit 1
  fi
fi
exec 9<&-
