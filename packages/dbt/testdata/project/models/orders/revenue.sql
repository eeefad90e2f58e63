select sum(euros) as euros from {{ ref("paid_orders") }}
