# Tells whether what is staged must be looked at for secrets: a wide net, thrown once over the lines that are added.

# secrets; call gc_start and gc_law first. Two processes where nothing is in the net.
secrets() {
	[ "$GC_SECRETS" != no ] || return 0
	se_caught || return 0
	gc_interpreter || return 1
	"$GC_PYTHON" -I -S "$GC_HOME/secrets.py" "$GC_DIR/policy"
}

# Tells whether something is in the net, or nobody can tell. What git prints on failure is a line that the net catches.
# No program of the repository's configuration is run, and none of its settings changes the form of what is printed.
se_caught() {
	{
		git -c core.fsmonitor= -c core.quotePath=false -c core.bigFileThreshold=8m \
			diff --cached --no-ext-diff --no-textconv --no-color --no-relative --find-renames=100% --diff-filter=d \
			--src-prefix=a/ --dst-prefix=b/ --unified=0 --inter-hunk-context=0 --submodule=short --ignore-submodules=none ||
			echo '+PRIVATE KEY of a diff that failed'
	} | LC_ALL=C grep -q -a -E "$SE_LINES|$SE_FILES"
	[ $? -ne 1 ]
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
