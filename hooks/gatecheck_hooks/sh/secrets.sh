# Tells whether what is staged must be looked at for secrets: a wide net, thrown once over the lines that are added.

# secrets; call gc_start and gc_law first. One process where nothing resembles a secret, two where something does from afar.
secrets() {
	[ "$GC_SECRETS" != no ] || return 0
	# No program of the repository's configuration is run, and none of its settings changes the form of what is printed.
	# When git fails, Python asks it again, and says why.
	if se_diff=$(git --no-replace-objects -c core.fsmonitor= -c core.quotePath=false -c core.bigFileThreshold=1m \
		diff --cached --no-ext-diff --no-textconv --no-color --no-relative --find-renames=100% --diff-filter=d \
		--src-prefix=a/ --dst-prefix=b/ --unified=0 --inter-hunk-context=0 --submodule=short --ignore-submodules=none); then
		se_caught || return 0
	fi
	gc_interpreter || return 1
	"$GC_PYTHON" -I -S "$GC_HOME/secrets.py" "$GC_DIR/policy"
}

# Tells whether something in se_diff is in the net. grep throws it, and is not asked about a short text without any of the words.
se_caught() {
	case ${#se_diff} in
	? | ?? | ??? | ????) se_words || return 1 ;;
	esac
	printf '%s\n' "$se_diff" 2>/dev/null | LC_ALL=C grep -q -a -E "$SE_LINES|$SE_FILES"
	[ $? -ne 1 ]
}

# Each alternative of the net has one of these words in it.
se_words() {
	case $se_diff in
	*A[KSBC][IC]A* | *gh[opsur]_* | *github_pat_* | *npm_* | *pypi-Ag* | *gl[a-z][a-z]*-* | *xox[abeoprs]-* | *xapp-* | *hooks.slack.com*) ;;
	*[rs]k_live_* | *AIza* | *GOCSPX-* | *T3BlbkFJ* | *sk-ant-* | *hf_* | *SG.* | *_v1_* | *dckr_pat_* | *shp[acps][ats]_* | *AccountKey=*) ;;
	*hv[bsr].* | *:AA* | *AGE-SECRET-KEY-1* | *.eyJ* | *'PRIVATE KEY'* | *[Pp][Aa][Ss][Ss]* | *[Pp][Ww][Dd]* | *[Ss][Ee][Cc][Rr][Ee][Tt]*) ;;
	*[Tt][Oo][Kk][Ee][Nn]* | *[Cc][Rr][Ee][Dd][Ee][Nn][Tt]* | *[Kk][Ee][Yy]* | *://* | *machine* | *'Binary files '*) ;;
	*id_[rde]* | *.env* | *netrc* | *.my.cnf* | *.pypirc* | *.dockercfg* | *.s3cfg* | *.boto* | *tfstate*) ;;
	*.docker/config.json* | *.kube/config* | *.ppk* | *.kdbx*) ;;
	*) return 1 ;;
	esac
}

# What secrets have in common; hooks/gatecheck_hooks/credentials has the narrow forms, and decides.
se_quote="[\"'\`]"
se_typed="[^[:space:]\"'\`]"
se_bare="[^][:space:]\"'\`,;(){}<>\$&|*[]"
SE_FORMS='A(KIA|SIA|BIA|CCA)[A-Z2-7]{9}|gh[opsur]_[0-9A-Za-z]{9}|github_pat_|npm_[0-9A-Za-z]{9}|pypi-Ag|gl[a-z]{2,5}-[0-9A-Za-z_.-]{20}'
SE_FORMS="$SE_FORMS|xox[abeoprs]-|xapp-[0-9]|hooks\.slack\.com/services/T|[rs]k_live_|AIza[0-9A-Za-z_-]{9}|GOCSPX-|T3BlbkFJ|sk-ant-"
SE_FORMS="$SE_FORMS|hf_[A-Za-z]{9}|SG\.[0-9A-Za-z_-]{22}|do[opr]_v1_|dckr_pat_|shp(at|ca|pa|ss)_|AccountKey=|hv[bsr]\.[0-9A-Za-z_-]{9}"
SE_FORMS="$SE_FORMS|[0-9]{8}:AA|AGE-SECRET-KEY-1|eyJ[0-9A-Za-z_-]{9,}\.eyJ|PRIVATE KEY"
SE_NAMES='[Pp][Aa][Ss][Ss][Ww]|[Pp][Aa][Ss][Ss][Pp][Hh][Rr]|[Pp][Ww][Dd]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]'
SE_NAMES="$SE_NAMES|[Cc][Rr][Ee][Dd][Ee][Nn][Tt][Ii]|[EeGgHhIiNnRrSsTt][_-]?[Kk][Ee][Yy]"
SE_VALUE="[0-9A-Za-z_.-]*[\"']?]?[[:blank:]]*[:=]+>?[[:blank:]]*([A-Za-z]{0,2}$se_quote$se_typed{8}|$se_bare{16})"
SE_ADDRESSES="://[^:/@[:space:]]+:[^:/@[:space:]]{8}[^/@[:space:]]*@|machine[[:space:]].*password[[:space:]]"
SE_LINES="^\+.*($SE_FORMS|($SE_NAMES)$SE_VALUE|$SE_ADDRESSES)"

# Headings of a diff, of files whose names say enough, and of those that git takes for binary.
SE_NAMED='id_(rsa|dsa|ecdsa|ed25519)(_sk)?|\.env(\..*)?|\.envrc\.private|[._]netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.pypirc|\.dockercfg|\.htpasswd|\.s3cfg|\.boto'
SE_NAMED="$SE_NAMED|credentials\.tfrc\.json|terraform\.tfstate|\.aws/credentials|\.docker/config\.json|\.kube/config|.*\.(ppk|kdbx|agekey)"
SE_FILES="^diff --git .*[ /\"]($SE_NAMED)\"?\$|^Binary files "
