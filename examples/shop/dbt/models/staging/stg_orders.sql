{{ config(unique_key="day") }}

select id, day, customer, product, quantity
from {{ source("raw", "orders") }}
where day between '{{ var("first_day") }}' and '{{ var("last_day") }}'
