"""Names that the toolkits over a folder pass over by default, the same as Agno's and in its order."""

from __future__ import annotations

_SCRATCH = ".context .conductor .claude .codex .cursor"
_ENVIRONMENTS = ".venv .venvs venv .env* *.env"
# Templates of environments hold no secrets; with a `!` they are spared.
_SPARED = (
    "!.env.example !.env.sample !.env.template !.env.dist !example.env !sample.env !template.env !dist.env !env.example"
)
_KEYS = (
    "*.pem *.key *.crt *.cer *.der *.p8 *.p12 *.pfx *.jks *.jceks *.keystore *.gpg *.ppk *.kdbx *.keytab "
    "id_rsa* id_dsa* id_ecdsa* id_ed25519* known_hosts authorized_keys"
)
_HOMES = ".ssh .aws .gnupg .kube .docker .azure .m2 .cargo .composer"
_TOKENS = (
    ".npmrc .pypirc .netrc _netrc .git-credentials .dockercfg .pgpass .my.cnf .boto .s3cfg rclone.conf kubeconfig "
    ".htpasswd htpasswd"
)
_CREDENTIALS = (
    *(f"credentials.{kind}" for kind in ["json", "yaml", "yml", "ini", "cfg", "csv", "toml", "xml", "properties"]),
    *(f"*-credentials.{kind}" for kind in ["json", "yaml", "yml", "ini", "csv"]),
    *(f"*_credentials.{kind}" for kind in ["json", "yaml", "yml", "csv"]),
    *(f"secret.{kind}" for kind in ["json", "yaml", "yml"]),
    *(f"secrets.{kind}" for kind in ["json", "yaml", "yml", "ini", "cfg", "toml", "properties"]),
    *(f"*-secrets.{kind}" for kind in ["json", "yaml", "yml"]),
)
_ACCOUNTS = (
    "token.json tokens.json accessKeys.csv azureProfile.json service_account*.json serviceAccount*.json "
    "service-account*.json *-service-account*.json *_service_account*.json *.tfvars *.tfvars.json"
)
_BUILT = (
    ".git .hg .svn __pycache__ .mypy_cache .ruff_cache .pytest_cache .tox .nox .ipynb_checkpoints dist build "
    "*.egg-info node_modules .next .turbo .nuxt .svelte-kit .docusaurus .parcel-cache .nyc_output *.tsbuildinfo "
    ".serverless .gradle .kotlin *.class .dart_tool .flutter-plugins .flutter-plugins-dependencies .build "
    "xcuserdata *.xcuserstate .bundle *.gem .yardoc _build .elixir_ls .vs .terraform *.tfstate *.tfstate.*"
    " .terragrunt-cache .DS_Store"
)

DEFAULT_EXCLUDE_PATTERNS: list[str] = [
    *f"{_SCRATCH} {_ENVIRONMENTS} {_SPARED} {_KEYS} {_HOMES} {_TOKENS}".split(),
    *_CREDENTIALS,
    *f"{_ACCOUNTS} {_BUILT}".split(),
]
