{{ config(unique_key="day") }}

select day, sum(value) as revenue, sum(value * score) as expected_revenue
from {{ ref("order_values") }}
join {{ source("scores", "customer_scores") }} using (day, customer)
where day between '{{ var("first_day") }}' and '{{ var("last_day") }}'
group by day
