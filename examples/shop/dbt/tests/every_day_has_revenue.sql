select day from {{ ref("stg_orders") }}
where day not in (select day from {{ ref("daily_revenue") }})
  and day between '{{ var("first_day") }}' and '{{ var("last_day") }}'
