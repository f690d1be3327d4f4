/* SPDX-License-Identifier: Apache-2.0 */
/* sync.pml - the protocol between tills and hub (firmware/sync/step.h, host/crm/batch.c), small enough to be searched
 * to its last state.
 *
 * One identity, at most SALES sales. The network is a set: what was once sent may come never, once, or again and
 * again, at any later time and in any order. Everything else happens one step at a time, in any order: sales, crashes
 * (what is not on the disk is gone), an image of the disk, its restoring, its life beside the original as a clone.
 *
 * Held       no sale is applied twice; what a till takes for acknowledged is applied.
 * Sure       a hash is the sale it stands behind: sales are unique, and so is what lies before each under one
 *            incarnation.
 * Broken     each of ACK_EARLY, PUBACK, NO_DEDUP, NO_HASH, NO_INCARNATION, NO_GAP, NO_KIN makes one of the two fail. */

#ifndef SALES
#define SALES 3
#endif
#ifndef INCS
#define INCS 3 /* incarnations: renewals end there */
#endif

/* ---- disks: number n stands at n - 1 */
typedef disk {
    byte inc;
    byte last;
    byte acked;
    byte log[SALES]
};
disk disks[2];
disk image;
bool has_image, was_restored, is_cloned;
byte sold, incs;

/* what a till holds in memory */
bool is_live[2], is_ahead[2];
byte base[2];

/* ---- the hub's disk */
byte current;
bool knows[INCS + 1];
byte hw[INCS + 1];
byte kept[(INCS + 1) * (SALES + 1)]; /* at incarnation * (SALES + 1) + number */
byte applied[SALES + 1];

/* ---- the network: sets */
byte up[(INCS + 1) * (SALES + 2) * (SALES + 1)]; /* 0: never sent; else the sale before, and 1 */
bool ok[(INCS + 1) * (SALES + 2) * (SALES + 1)]; /* incarnation, number, the sale there */
bool fork[(INCS + 1) * (SALES + 2)];             /* incarnation, the first number that is not known so */

#define AT(i, n)    ((i) * (SALES + 1) + (n))
#define OF(i, n, s) (((i) * (SALES + 2) + (n)) * (SALES + 1) + (s))
#define FORKED(i, n) ((i) * (SALES + 2) + (n))

#ifdef NO_KIN
#define IS_FREE(sale) true
#else
#define IS_FREE(sale) (applied[sale] == 0)
#endif
#if defined(NO_HASH) || defined(NO_INCARNATION)
#define IS_OWN(t, number, sale) true
#else
#define IS_OWN(t, number, sale) (disks[t].log[number - 1] == sale)
#endif

byte m, n, k, s, i, from; /* of one step; all zero between steps */

inline forget()
{
    m = 0; n = 0; k = 0; s = 0; i = 0; from = 0
}

inline copy_disk(to, what)
{
    to.inc = what.inc;
    to.last = what.last;
    to.acked = what.acked;
    k = 0;
    do
    :: k < SALES -> to.log[k] = what.log[k]; k++
    :: else -> break
    od
}

inline lose_memory(t)
{
    is_live[t] = false;
    is_ahead[t] = false;
    base[t] = 0
}

/* A new incarnation; records from number `from` on are carried, as its first ones. */
inline renew(t)
{
    if
    :: incs < INCS ->
        incs++;
        k = 0;
        do
        :: from + k <= disks[t].last -> disks[t].log[k] = disks[t].log[from + k - 1]; k++
        :: else -> break
        od;
        disks[t].last = k;
        do
        :: k < SALES -> disks[t].log[k] = 0; k++
        :: else -> break
        od;
        disks[t].inc = incs;
        disks[t].acked = 0
    :: else /* as far as this search goes */
    fi;
    lose_memory(t)
}

/* What is acknowledged may be trimmed: it must be applied, each sale of it. */
inline acknowledge(t, through)
{
    k = 0;
    do
    :: k < through -> assert(applied[disks[t].log[k]] >= 1); k++
    :: else -> break
    od;
    if
    :: through > disks[t].acked -> disks[t].acked = through
    :: else
    fi
}

inline apply(a_inc, a_sale)
{
    hw[a_inc] = hw[a_inc] + 1;
    kept[AT(a_inc, hw[a_inc])] = a_sale;
    applied[a_sale]++;
    assert(applied[a_sale] == 1)
}

/* ---- one record at the hub */
inline take_record(r_inc, r_seq, r_before, r_sale)
{
    if
    :: r_inc != current -> skip /* fenced */
#ifdef NO_DEDUP
    :: r_inc == current && r_seq <= hw[r_inc] && kept[AT(r_inc, r_seq)] == r_sale ->
        applied[r_sale]++;
        assert(applied[r_sale] == 1)
#else
    :: r_inc == current && r_seq <= hw[r_inc] && kept[AT(r_inc, r_seq)] == r_sale ->
        ok[OF(r_inc, r_seq, r_sale)] = true
#endif
    :: r_inc == current && r_seq <= hw[r_inc] && kept[AT(r_inc, r_seq)] != r_sale ->
#if defined(NO_INCARNATION)
        ok[OF(r_inc, r_seq, r_sale)] = true /* the number is known: a duplicate */
#else
        fork[FORKED(r_inc, r_seq)] = true
#endif
    :: r_inc == current && r_seq == hw[r_inc] + 1 && kept[AT(r_inc, hw[r_inc])] != r_before ->
#if defined(NO_INCARNATION)
        apply(r_inc, r_sale);
        ok[OF(r_inc, r_seq, r_sale)] = true
#else
        fork[FORKED(r_inc, r_seq)] = true
#endif
    :: r_inc == current && r_seq == hw[r_inc] + 1 && kept[AT(r_inc, hw[r_inc])] == r_before && !IS_FREE(r_sale) ->
        fork[FORKED(r_inc, r_seq + 1)] = true /* kept under another incarnation */
    :: r_inc == current && r_seq == hw[r_inc] + 1 && kept[AT(r_inc, hw[r_inc])] == r_before && IS_FREE(r_sale) ->
#ifdef ACK_EARLY
        ok[OF(r_inc, r_seq, r_sale)] = true;
        if
        :: apply(r_inc, r_sale)
        :: skip /* the power went before the commit */
        fi
#else
        apply(r_inc, r_sale);
        ok[OF(r_inc, r_seq, r_sale)] = true
#endif
    :: r_inc == current && r_seq > hw[r_inc] + 1 ->
#ifdef NO_GAP
        hw[r_inc] = r_seq;
        kept[AT(r_inc, r_seq)] = r_sale;
        applied[r_sale]++;
        assert(applied[r_sale] == 1);
        ok[OF(r_inc, r_seq, r_sale)] = true
#else
        skip /* it asks for what lies before */
#endif
    fi
}

/* The hub has all of our tail, and more: an old image. */
inline settle(t)
{
    if
    :: is_ahead[t] && base[t] == disks[t].last -> from = disks[t].last + 1; renew(t)
    :: else
    fi
}

/* ---- the answer to a birth names its own number, so that none is old: hub and till in one step */
inline be_born(t)
{
    n = hw[disks[t].inc];
    s = kept[AT(disks[t].inc, n)];
    is_live[t] = true;
    is_ahead[t] = false;
    if
#ifdef NO_INCARNATION
    :: true -> base[t] = (n < disks[t].last -> n : disks[t].last); acknowledge(t, base[t])
#else
    :: n == 0 -> base[t] = 0
#ifdef NO_HASH
    :: n > 0 && n <= disks[t].last -> base[t] = n; acknowledge(t, n)
#else
    :: n > 0 && n <= disks[t].last && disks[t].log[n - 1] == s -> base[t] = n; acknowledge(t, n)
    :: n > 0 && n <= disks[t].last && disks[t].log[n - 1] != s ->
        is_ahead[t] = true;
        base[t] = (n > disks[t].acked -> disks[t].acked : 0)
#endif
    :: n > disks[t].last -> is_ahead[t] = true; base[t] = disks[t].acked
#endif
    fi;
    settle(t)
}

inline take_ok(t)
{
    base[t] = (n > base[t] -> n : base[t]);
    acknowledge(t, n);
    settle(t)
}

inline take_fork(t)
{
    from = (n > base[t] + 1 -> base[t] + 1 : n);
    renew(t)
}

inline pick_till()
{
    if
    :: m = 0
    :: is_cloned -> m = 1
    fi
}

inline pick_number()
{
    n = 1;
    do
    :: n <= SALES -> n++ /* one beyond the last: where a fork may be */
    :: break
    od
}

inline pick_sale()
{
    s = 1;
    do
    :: s < SALES -> s++
    :: break
    od
}

/* Every step is tried for every till, number and sale; one that does not fit leaves no trace. */
active proctype world()
{
    atomic {
        incs = 1;
        disks[0].inc = 1
    }
    do
    :: atomic { /* a till sells, whatever the line does */
        pick_till();
        if
        :: sold < SALES && disks[m].last < SALES ->
            sold++;
            disks[m].log[disks[m].last] = sold;
            disks[m].last++
        :: else
        fi;
        forget()
    }
    :: atomic { /* it is born; the hub admits a new incarnation at once, an older one when its time has come */
        pick_till();
        if
        :: !is_live[m] ->
            knows[disks[m].inc] = true;
            current = disks[m].inc;
            be_born(m)
        :: else
        fi;
        forget()
    }
    :: atomic { /* it sends any of what is not sure */
        pick_till();
        pick_number();
        if
        :: is_live[m] && n > base[m] && n <= disks[m].last ->
            s = (n > 1 -> disks[m].log[n - 2] : 0);
            up[OF(disks[m].inc, n, disks[m].log[n - 1])] = s + 1;
#ifdef PUBACK
            acknowledge(m, n)
#endif
        :: else
        fi;
        forget()
    }
    :: atomic { /* the hub takes a record, early or late; only what is in force can make a difference */
        i = current;
        pick_number();
        pick_sale();
        if
        :: up[OF(i, n, s)] != 0 ->
            from = up[OF(i, n, s)] - 1;
            take_record(i, n, from, s)
        :: else
        fi;
        forget()
    }
    :: atomic { /* a till takes an acknowledgement, early or late */
        pick_till();
        pick_number();
        pick_sale();
        if
        :: is_live[m] && ok[OF(disks[m].inc, n, s)] && n > base[m] && n <= disks[m].last && IS_OWN(m, n, s) ->
            take_ok(m)
        :: else
        fi;
        forget()
    }
    :: atomic { /* a till hears that the hub has something else under a number */
        pick_till();
        pick_number();
        if
        :: is_live[m] && fork[FORKED(disks[m].inc, n)] && n > base[m] && n <= disks[m].last + 1 -> take_fork(m)
        :: else
        fi;
        forget()
    }
    :: atomic { pick_till(); lose_memory(m); forget() } /* the power goes, or the line */
    :: atomic { !has_image -> has_image = true; copy_disk(image, disks[0]); forget() }
#ifdef RESTORE
    :: atomic { has_image && !was_restored -> /* the disk dies: an old image takes its place */
        was_restored = true;
        copy_disk(disks[0], image);
        lose_memory(0);
        forget()
    }
#endif
#ifdef CLONE
    :: atomic { has_image && !is_cloned -> is_cloned = true; copy_disk(disks[1], image); forget() }
#endif
    od
}
