select id from {{ ref("raw_orders") }} where id not in (select id from {{ ref("orders") }})
