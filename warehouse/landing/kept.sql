-- How many of the staged items the warehouse now holds, by the platform of the page.
select p.platform, count(*)
from staged_item s
join staged_page p using (page_no)
join core.item i on i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
group by p.platform
