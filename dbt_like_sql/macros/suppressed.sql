{#
    Which groups are hidden, by the small-group rule (metrics.md f.8), in one place.

    `people` has a row per part, group_label and person_id with posts, known_by, is_withheld and is_of_roster (see
    int_outside__people); `totals` has one row with small_group, n here. A part's total is taken as known. A group is
    small, and hidden, if fewer than n people have posts in it, if all but 1 to n - 1 of the part have, or, in a part of
    the roster, if fewer than n of it have none. Where one is hidden, the groups with the fewest people are hidden too, until
    the hidden ones together
      - are at least two groups with posts, of at least n people, and in a part of the roster of n people without posts;
      - have at least n - 1 people more than are known of (by a list of countries): n values each that fit what is told.
#}
{% macro suppressed(people, totals) -%}
    with groups as (
        select
            part,
            group_label,
            coalesce(sum(posts), 0)::bigint as posts,
            count(person_id) filter (where posts > 0) as members,
            count(person_id) as eligible,
            count(distinct known_by) filter (where posts > 0) as known,
            bool_or(is_withheld) as is_withheld,
            bool_or(is_of_roster) as is_of_roster
        from {{ people }}
        group by part, group_label
    ),

    parts as (
        select part, count(distinct person_id) filter (where posts > 0) as members from {{ people }} group by part
    ),

    judged as (
        select
            groups.*,
            small_group,
            is_withheld
            or groups.members < small_group
            or parts.members - groups.members between 1 and small_group - 1
            or (is_of_roster and eligible - groups.members < small_group) as is_small
        from groups
        inner join parts on groups.part = parts.part
        cross join (select small_group from {{ totals }}) as setting
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by part order by is_small desc, members, eligible, posts, group_label collate "C"
            ) as place
        from judged
    ),

    -- at the first of a person's groups that is hidden, the person is among the hidden
    first_hidden as (
        select people.part, people.person_id, min(placed.place) as place
        from {{ people }} as people
        inner join placed on people.part = placed.part and people.group_label = placed.group_label
        where people.posts > 0 and people.person_id is not null
        group by people.part, people.person_id
    ),

    newly_hidden as (
        select part, place, count(*) as people from first_hidden group by part, place
    ),

    summed as (
        select
            placed.*,
            sum(coalesce(newly_hidden.people, 0)) over up_to_here as hidden_people,
            sum(placed.eligible - placed.members) over up_to_here as hidden_absent,
            sum(placed.members - placed.known) over up_to_here as hidden_unknown,
            count(*) filter (where placed.members > 0) over up_to_here as hidden_groups
        from placed
        left join newly_hidden on placed.part = newly_hidden.part and placed.place = newly_hidden.place
        window up_to_here as (partition by placed.part order by placed.place)
    ),

    weighed as (
        select
            *,
            hidden_groups >= 2
            and hidden_people >= small_group
            and (hidden_absent >= small_group or not is_of_roster)
            and hidden_unknown >= small_group - 1 as is_enough_here
        from summed
    ),

    -- the place up to which the part is hidden: none, if nothing is small; all, if nothing less is enough
    hidden as (
        select
            part,
            case when bool_or(is_small) then
                greatest(
                    max(place) filter (where is_small),
                    coalesce(min(place) filter (where is_enough_here), max(place))
                )
            else 0 end as last_place,
            not bool_or(is_small) or bool_or(is_enough_here) as is_enough
        from weighed
        group by part
    )

    select
        weighed.part,
        weighed.group_label,
        weighed.posts,
        weighed.members,
        weighed.eligible,
        weighed.place <= hidden.last_place as is_suppressed,
        hidden.is_enough
    from weighed
    inner join hidden on weighed.part = hidden.part
{%- endmacro %}
