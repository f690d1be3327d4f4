# bash completion of kassa: source this file, or put it into /etc/bash_completion.d/
_kassa()
{
  local current="${COMP_WORDS[COMP_CWORD]}" noun="${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="authority broker book key cel coupon card member pepper till hub journal record release completion help version"
  elif [ "$COMP_CWORD" -eq 2 ] && [[ "$current" != -* ]]; then
    case "$noun" in
    authority) words=" create sign" ;;
    broker) words=" files" ;;
    book) words=" check compile sign verify show try diff cases publish rollout halt rollback status" ;;
    key) words=" init create draft sign show rotate revoke publish list" ;;
    cel) words=" check eval cases" ;;
    coupon) words=" give issue" ;;
    card) words=" doctor read programme key code make verify-sun" ;;
    member) words=" list show add import adjust export erase erasures" ;;
    pepper) words=" rotate renew retire" ;;
    till) words=" list invite invitations enrol request revoke" ;;
    hub) words=" totals debts fraud limits" ;;
    journal) words=" cat verify export import snapshot" ;;
    record) words=" decode" ;;
    release) words=" sign verify" ;;
    help) words="authority broker book key cel coupon card member pepper till hub journal record release completion help version" ;;
    esac
  elif [[ "$current" == -* ]]; then
    case "$noun ${COMP_WORDS[2]}" in
    "authority create") words="--help --name --years --output" ;;
    "authority sign") words="--help --store --config --authority --days --hub --output" ;;
    "broker files") words="--help --store --config --authority --address --port --enrol-port --enrol-hub-port --hub --at --arbiter --tills --user --output" ;;
    "book check") words="--help --items --at --strict --json" ;;
    "book compile") words="--help --output" ;;
    "book sign") words="--help --key --output --root --tenant --from --until --till --discount-max --points-max" ;;
    "book verify") words="--help --root --json" ;;
    "book show") words="--help --offer --all --language --json" ;;
    "book try") words="--help --basket --member --at --store --channel --utc-offset --language --json" ;;
    "book diff") words="--help --basket --member --at --store --channel --utc-offset --language --json" ;;
    "book cases") words="--help" ;;
    "book publish") words="--help --store --config --share --steps --every" ;;
    "book rollout") words="--help --store --config --steps --every --again" ;;
    "book halt") words="--help --store --config --reason" ;;
    "book rollback") words="--help --store --config --reason" ;;
    "book status") words="--help --store --config --json" ;;
    "key init") words="--help --tenant --signer --years --output" ;;
    "key create") words="--help --output --lock" ;;
    "key draft") words="--help --tenant --root --rules --timestamp --coupons --root-threshold --rules-threshold --years --output" ;;
    "key sign") words="--help --key --before --output" ;;
    "key show") words="--help --json" ;;
    "key rotate") words="--help --remove --root --rules --timestamp --coupons --root-threshold --rules-threshold --years --books-from --output" ;;
    "key revoke") words="--help --years --output" ;;
    "key publish") words="--help --store --config" ;;
    "key list") words="--help --store --config --json" ;;
    "cel check") words="--help --line --any" ;;
    "cel eval") words="--help --bind --container --unchecked" ;;
    "cel cases") words="--help" ;;
    "coupon give") words="--help --store --config --series --member --card --pepper-file --number-prefixes --number-check --list --serial --for-store --from --until" ;;
    "coupon issue") words="--help --key --series --count --serial --store --from --until" ;;
    "card doctor") words="--help --reader --user --root --json" ;;
    "card read") words="--help --reader --programme --wait --reader-program --trace --json" ;;
    "card programme") words="--help --check --json" ;;
    "card key") words="--help --programme --at --number-prefixes --number-check --json" ;;
    "card code") words="--help --programme --at --number-prefixes --number-check --json" ;;
    "card make") words="--help --programme --chip --list --uid --admin-key --lock --output --number-prefixes --number-check --csv --json --check" ;;
    "card verify-sun") words="--help --programme --after --json" ;;
    "member list") words="--help --store --config --pepper-file --limit --json" ;;
    "member show") words="--help --store --config --card --pepper-file --number-prefixes --number-check --json" ;;
    "member add") words="--help --store --config --card --pass --pepper-file --first-name --language --tier --segments --consents --number-prefixes --number-check --json" ;;
    "member import") words="--help --store --config --pepper-file --number-prefixes --number-check --dry-run --json" ;;
    "member adjust") words="--help --store --config --points --reason --expires" ;;
    "member export") words="--help --store --config --card --pepper-file --number-prefixes --number-check" ;;
    "member erase") words="--help --store --config --card --pepper-file --number-prefixes --number-check" ;;
    "member erasures") words="--help --store --config --json" ;;
    "pepper rotate") words="--help --new" ;;
    "pepper renew") words="--help --store --config --pepper-file --number-prefixes --number-check" ;;
    "pepper retire") words="--help --store --config --pepper-file --version --dry-run --force" ;;
    "till list") words="--help --store --config --json" ;;
    "till invite") words="--help --store --config --at --address --port --enrol-port --ca --settings --file --hours --output" ;;
    "till invitations") words="--help --store --config --json" ;;
    "till enrol") words="--help --output --tpm --user --seconds" ;;
    "till request") words="--help --output --tpm" ;;
    "till revoke") words="--help --store --config --authority --broker" ;;
    "hub totals") words="--help --store --config --json" ;;
    "hub debts") words="--help --store --config --json" ;;
    "hub fraud") words="--help --store --config --json" ;;
    "hub limits") words="--help --store --config --json" ;;
    "journal cat") words="--help --from --limit --json" ;;
    "journal verify") words="--help --json" ;;
    "journal export") words="--help --output --json" ;;
    "journal import") words="--help --replace --salvage --json" ;;
    "journal snapshot") words="--help --json" ;;
    "record decode") words="--help" ;;
    "release sign") words="--help --key --output" ;;
    "release verify") words="--help --key" ;;
    "completion") words="--help" ;;
    "help") words="--help" ;;
    "version") words="--help" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _kassa kassa
