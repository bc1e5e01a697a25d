#!/usr/bin/env bash
# What Binder and Colab do, on this machine: fresh_venv.sh CHECKOUT FOLDER COLAB_CELL
#
# CHECKOUT is a copy of the repository, FOLDER an empty folder for the environment, COLAB_CELL a file with the first
# cell of a notebook, with CHECKOUT in place of the public address. Node is taken off the PATH, as on a bare machine.
set -euo pipefail
checkout=$1 folder=$2 colab=$3

tools=$folder/tools
mkdir -p "$tools"
for tool in /usr/bin/* /bin/*; do
  case ${tool##*/} in
    node | nodejs | npm | npx) ;;
    *) ln -sf "$tool" "$tools/" ;;
  esac
done
"$PYTHON" -m venv "$folder/venv"
export PATH=$folder/venv/bin:$tools PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
! command -v npm || { echo "npm is still there" >&2; exit 1; }

echo "== Binder: requirements.txt, then postBuild"
cd "$checkout"
index=$(sed -n 's/^--index-url //p' binder/requirements.txt)
torch=$(grep '^torch==' binder/requirements.txt)
if python -c "import urllib.request as r; r.urlopen('$index/torch/', timeout=5)" 2>/dev/null; then
  pip install -q -r binder/requirements.txt
else
  echo "$index does not answer: torch comes from the default index"
  pip install -q "$torch"
fi
sed 's/^pip install --no-cache-dir /pip install -q /' binder/postBuild | bash
python "$checkout/tests/install/works.py"

echo "== Colab: the first cell of a notebook"
pip uninstall -q -y lossbook
cd "$folder"
python "$colab"
python "$checkout/tests/install/works.py"
